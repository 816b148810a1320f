"""Computed figures against published and closed-form ones; ``femnn verify`` prints them all."""
