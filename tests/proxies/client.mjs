// node client.mjs ADDRESS FILE: sends a sound with Gradio's client for JavaScript; prints the stems' addresses and sizes.
import { readFile } from "node:fs/promises";
import { Client, handle_file } from "@gradio/client";

const [address, file] = process.argv.slice(2);
const client = await Client.connect(address);
const sound = new Blob([await readFile(file)], { type: "audio/wav" });
const { data } = await client.predict("/process", [sound, "Keep stereo", 100]);
const stems = [];
for (const { url } of data) stems.push({ url, size: (await (await fetch(url)).arrayBuffer()).byteLength });
console.log(JSON.stringify({ root: client.config.root, stems }));
process.exit(0);
