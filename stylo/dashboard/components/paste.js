// Takes a picture from the clipboard: by the button, or by pasting anywhere on the page. It is made small enough here.

const LONGEST = 1600;

async function shrunk(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.92);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = data.words.paste;
  const note = document.createElement("span");
  note.setAttribute("role", "status");
  root.replaceChildren(button, note);

  const take = async (file) => {
    try {
      setTriggerValue("pasted", await shrunk(file));
      note.textContent = "";
    } catch {
      note.textContent = data.words.unreadable;
    }
  };
  const pasted = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
    if (file) take(file);
  };
  button.addEventListener("click", async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith("image/"));
        if (type) return take(await item.getType(type));
      }
      note.textContent = data.words.nothing;
    } catch {
      note.textContent = data.words.keys;
    }
  });
  document.addEventListener("paste", pasted);
  return () => document.removeEventListener("paste", pasted);
}
