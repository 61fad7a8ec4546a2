"""An OpenID Connect issuer that others wrote: the certified `oidc-provider`."""
