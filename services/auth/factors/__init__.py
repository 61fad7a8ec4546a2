"""What people prove themselves with beside a password: apps, passkeys, codes."""
