"""What the tests prove of OWASP ASVS 5.0.0: `make asvs`."""
