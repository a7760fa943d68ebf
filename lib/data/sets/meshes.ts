// Sets of meshes: the bunny as a module of JavaScript, ModelNet's folders of OFF files.

import type { DatasetCard, SplitFiles, Splits } from "../card.ts";
import type { LabelledMeshesContent, MeshContent } from "../dataset.ts";
import type { FoundFiles } from "../files.ts";
import { readMembers } from "../formats/archive.ts";
import { readOff } from "../formats/off.ts";
import { readText } from "../formats/text.ts";
import { LabelledMeshes } from "../labelled-meshes.ts";
import { Mesh } from "../mesh.ts";
import { onlyFile } from "./plain.ts";

/** A module that exports positions and cells as lists of lists; they are read as JSON, and nothing is run. */
export function readMeshModuleSet(_: DatasetCard, splits: Splits, files: FoundFiles): MeshContent {
  const [name, bytes] = onlyFile(splits, files);
  const text = readText(bytes, name);
  const rows = (what: string) => {
    const list = new RegExp(`\\bexports\\.${what}\\s*=\\s*(\\[[-+\\d\\s.,eE[\\]]*\\])`).exec(text)?.[1];
    if (list === undefined) throw new Error(`${name} has no exports.${what}; expected positions and cells.`);
    return (JSON.parse(list) as number[][]).flat();
  };
  const mesh = new Mesh({
    positions: Float32Array.from(rows("positions")),
    triangles: Uint32Array.from(rows("cells")),
  });
  return { kind: "mesh", mesh };
}

/** ModelNet: CLASS/train/*.off and CLASS/test/*.off in one archive. */
export function readModelNetSet(card: DatasetCard, splits: Splits, files: FoundFiles): LabelledMeshesContent {
  const { classNames } = card;
  const [name, bytes] = onlyFile(splits, files);
  // Beside the files lie hidden ones of another system's file manager.
  const members = readMembers(bytes, name, "[^/]+/(train|test)/[^/.][^/]*\\.off$");
  const read = (split: "train" | "test") => {
    const paths = [...members.keys()].filter((path) => path.includes(`/${split}/`)).sort();
    const labels = paths.map((path) => classNames.indexOf(path.slice(0, path.indexOf("/"))));
    const unknown = paths[labels.indexOf(-1)];
    const size = (splits[split] as SplitFiles).size;
    if (unknown !== undefined || paths.length !== size) {
      throw new Error(
        unknown === undefined
          ? `${name} holds ${paths.length} meshes in ${split}/, expected ${size}.`
          : `${name} › ${unknown} is in none of the folders ${classNames.join(", ")}.`,
      );
    }
    return new LabelledMeshes({
      read: (index) => {
        const path = paths[index] as string;
        return readOff(members.get(path) as Uint8Array, `${name} › ${path}`);
      },
      labels: Uint8Array.from(labels),
      classNames,
    });
  };
  return { kind: "labelled-meshes", train: read("train"), test: read("test"), classNames };
}
