"""The ground: what every wing needs before it can say anything."""
