"""What predicts: means, biases, neighbours and factors with fit, predict, scores, fold_in."""
