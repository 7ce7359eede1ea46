"""The constrained network: configuration, weights, its relaxed and its discretised forward."""
