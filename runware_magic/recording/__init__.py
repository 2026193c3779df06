"""Records exchanges with an endpoint, and replays them."""
