// One link to copy: by the browser's clipboard where it is there (https) and allows it, else by a selected text field.
async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    if (!document.execCommand("copy")) throw new Error("copy");
  }
}

export default function (component) {
  const { data, parentElement } = component;
  const field = parentElement.querySelector("input");
  const button = parentElement.querySelector("button");
  const told = parentElement.querySelector(".told");
  parentElement.querySelector(".name").textContent = data.name;
  field.setAttribute("aria-label", data.name);
  button.setAttribute("aria-label", `Copy: ${data.name}`);
  if (field.value !== data.url) told.textContent = "";
  field.value = data.url;
  field.onfocus = () => field.select();
  button.onclick = () => {
    copy(field).then(
      () => { told.textContent = "Copied."; button.focus(); },  // who walks by keyboard goes on from here
      () => { told.textContent = "The browser does not allow it: press Ctrl+C now."; field.select(); });
  };
}
