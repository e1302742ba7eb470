"""Networks that say what they hear, through which a gradient passes."""
