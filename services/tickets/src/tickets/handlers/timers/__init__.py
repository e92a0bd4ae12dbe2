"""What is due is done, whoever is on call is paged, and somebody else looks whether it happened."""
