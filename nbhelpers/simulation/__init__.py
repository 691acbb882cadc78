"""The simulated worlds: the sample's, the Netflix-shaped set, and the truth behind the sample."""
