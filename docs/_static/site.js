// What is wider than the screen can be reached and scrolled by keyboard; hints are printed.
for (const table of document.querySelectorAll("div.cell_output table")) {
  if (table.closest(".table-scroll, .table-wrapper")) continue;
  const box = document.createElement("div");
  box.className = "table-scroll";
  table.replaceWith(box);
  box.append(table);
}

// Screen readers tell the two sidebars apart by their names.
document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "All pages");
document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");

// A corner without words is no heading.
for (const heading of document.querySelectorAll("article th")) {
  if (!heading.textContent.trim()) {
    const corner = document.createElement("td");
    corner.className = heading.className;
    heading.replaceWith(corner);
  }
}

function reachable() {
  for (const box of document.querySelectorAll("article :is(pre, .formula, .table-scroll, .table-wrapper)")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  }
}
reachable();
addEventListener("resize", reachable);
addEventListener("load", reachable);

const unfolded = [];
addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("article details:not(.hide, [open])")) {
    box.open = true;
    unfolded.push(box);
  }
});
addEventListener("afterprint", () => unfolded.splice(0).forEach((box) => { box.open = false; }));

// From a memory stick, search shows titles only: browsers do not let a file read others.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
