"""Speech and images, by endpoints that speak OpenAI's protocol."""
