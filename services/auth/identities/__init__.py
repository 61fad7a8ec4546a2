"""Who people are elsewhere: how they sign in through identity providers."""
