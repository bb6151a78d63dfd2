"""Call flows at the desk: walked, tried and drawn without a deployment."""
