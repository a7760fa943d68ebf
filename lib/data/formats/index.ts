// `dl.data.formats`: files as they are published. Every reader takes the bytes and a name for its messages.

export { readIdx } from "../idx.ts";
export { readTar, readZip } from "./archive.ts";
export { readCifar10 } from "./cifar.ts";
export { type CsvOptions, readCsv } from "./csv.ts";
export { type DicomImage, readDicom } from "./dicom.ts";
export { readImageFolder } from "./image-folder.ts";
export type { PixelImage } from "./netpbm.ts";
export { readNetpbm } from "./netpbm.ts";
export { readNifti } from "./nifti.ts";
export { type NumpyArray, readNpy, readNpz } from "./npy.ts";
export { readOff } from "./off.ts";
export { readPickle } from "./pickle.ts";
export { readImage } from "./pictures.ts";
export { resizeImage } from "./resize.ts";
export { readText } from "./text.ts";
export { readVoc, type VocAnnotation, type VocObject } from "./voc.ts";
