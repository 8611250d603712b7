"""Workers: processes that train, on this machine or on a cluster."""
