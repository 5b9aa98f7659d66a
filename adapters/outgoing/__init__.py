"""What goes out over HTTP: to addresses that others have chosen, and so may not be trusted."""
