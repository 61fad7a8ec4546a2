"""Those who run models: one file each."""
