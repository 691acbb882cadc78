"""Will they like it? Kinds of classifiers, their tuning, and a study of them."""
