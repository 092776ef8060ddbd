"""Fetch data as a consumer: requests, endpoints, listings, files, and declarations of use."""
