"""Code that the generated packages need at run time, written here and copied there."""
