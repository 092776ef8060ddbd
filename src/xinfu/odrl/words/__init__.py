"""Policies as sentences in Chinese and English."""
