"""What predicts: fit, predict, scores, fold_in. Means, biases, neighbours, factors; lists of them."""
