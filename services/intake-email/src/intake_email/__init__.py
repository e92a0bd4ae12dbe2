"""Mail in and out of Ventanilla: accept it, understand it, send the answer."""
