// The network: what is near the pointer stands out.

const network = one("#plot-network svg");
for (const node of network?.querySelectorAll(".node") ?? []) {
  const own = node.dataset.a;
  node.addEventListener("pointerenter", () => {
    network.classList.add("dimmed");
    const near = new Set([own]);
    for (const edge of network.querySelectorAll(".edge")) {
      const touches = edge.dataset.a === own || edge.dataset.b === own;
      edge.classList.toggle("near", touches);
      if (touches) near.add(edge.dataset.a).add(edge.dataset.b);
    }
    for (const other of network.querySelectorAll(".node")) other.classList.toggle("near", near.has(other.dataset.a));
  });
  node.addEventListener("pointerleave", () => network.classList.remove("dimmed"));
}
