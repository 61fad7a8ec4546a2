"""Several devices of several users, and whatever may happen to them."""
