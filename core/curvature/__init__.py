"""Second derivatives: products with them, what they say of the learning rate, and the methods that use them."""
