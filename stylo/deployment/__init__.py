"""What is deployed: the state folder, the releases in it, and which of them is live."""
