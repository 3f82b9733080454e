"""Rows on their way from R to the device."""
