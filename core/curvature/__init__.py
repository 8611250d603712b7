"""Second derivatives: products with them, the largest stable learning rate, and second-order methods."""
