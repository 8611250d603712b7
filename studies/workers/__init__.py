"""Those who train: processes on this machine or on a cluster."""
