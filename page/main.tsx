// First, since it takes the key from the address.
import "./key.ts";
import { render } from "preact";
import { App } from "./app.tsx";
import { connect } from "./api.ts";

const root = document.getElementById("root");
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
  void connect();
}
