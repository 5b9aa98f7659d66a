"""What is written by hand: the rules, the dialects, and their assembly."""

import warnings

# Connexion imports Starlette's test client, which warns of an HTTP library that we do not use.
warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient` is deprecated")
