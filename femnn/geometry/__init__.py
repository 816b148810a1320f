"""The shape of a printed network: outlines, fillets, strips, struts, contours."""
