(function () {
  "use strict";
  var nodes = Array.prototype.slice.call(document.querySelectorAll("[data-node]"));
  var hint = document.getElementById("hint");
  function show(node) {
    nodes.forEach(function (other) {
      var on = other === node;
      other.classList.toggle("chosen", on);
      other.setAttribute("aria-pressed", on ? "true" : "false");
      document.getElementById("node-" + other.dataset.node).hidden = !on;
    });
    hint.hidden = true;
  }
  nodes.forEach(function (node, index) {
    node.addEventListener("click", function () { show(node); });
    node.addEventListener("keydown", function (event) {
      var next = { ArrowDown: index + 1, ArrowUp: index - 1 }[event.key];
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); show(node); }
      if (next !== undefined && nodes[next]) { event.preventDefault(); nodes[next].focus(); }
    });
  });
  var path = nodes.filter(function (node) { return node.classList.contains("best"); });
  var ideas = path.filter(function (node) { return node.classList.contains("insight"); });
  var best = ideas.length ? ideas : path;
  if (best.length) { show(best[best.length - 1]); }
})();
