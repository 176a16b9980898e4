"""What the bundler does with orders, uploads, frozen products and feedback."""
