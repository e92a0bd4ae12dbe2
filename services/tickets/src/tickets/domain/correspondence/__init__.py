"""What is said to customers and to the desk's own people: to whom, in whose words, as which rows."""
