"""What models know of a pair of user and film: one builder, and what it is made of."""
