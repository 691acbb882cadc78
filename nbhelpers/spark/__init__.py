"""The same steps on a cluster: a session, a split by hash, alternating least squares."""
