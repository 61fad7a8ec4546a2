"""What the images run that a machine of one's own does not."""
