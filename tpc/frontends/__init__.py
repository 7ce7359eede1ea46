"""From trained networks to programs."""
