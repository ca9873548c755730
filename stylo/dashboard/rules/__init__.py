"""The Rules page: merchandising rules, what they do to a shopper's list, and who set them."""
