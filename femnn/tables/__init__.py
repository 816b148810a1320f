"""Tables of text and workbooks from elsewhere, as every reader of femnn takes them."""
