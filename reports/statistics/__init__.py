"""Statistics as pure functions of arrays, apart from data and from plotting."""
