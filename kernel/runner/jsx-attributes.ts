// The types of JSX's elements and attributes, as far as a static page has use for them (https://html.spec.whatwg.org).

/** Properties of CSS in camelCase; a number is in pixels where a length is meant. Custom ones begin with `--`. */
export type Style = { [property: string]: string | number | null | undefined | false };

type Text = string | number;

/** What every element may have. */
export interface Attributes {
  accessKey?: string;
  class?: string;
  className?: string;
  dangerouslySetInnerHTML?: { __html: string };
  dir?: "ltr" | "rtl" | "auto";
  draggable?: boolean;
  hidden?: boolean;
  id?: string;
  key?: Text;
  lang?: string;
  role?: string;
  style?: string | Style;
  tabIndex?: number;
  title?: string;
  [data: `data-${string}`]: unknown;
  [aria: `aria-${string}`]: unknown;
  /** JavaScript for the browser. */
  [handler: `on${string}`]: string | undefined;
}

interface Sized extends Attributes {
  width?: Text;
  height?: Text;
}

interface Media extends Sized {
  src?: string;
  controls?: boolean;
  autoplay?: boolean;
  loop?: boolean;
  muted?: boolean;
  poster?: string;
}

interface Field extends Attributes {
  name?: string;
  value?: Text;
  disabled?: boolean;
  readonly?: boolean;
  required?: boolean;
  placeholder?: string;
}

interface Cell extends Attributes {
  colspan?: number;
  rowspan?: number;
  colSpan?: number;
  rowSpan?: number;
  headers?: string;
  scope?: "row" | "col" | "rowgroup" | "colgroup";
  align?: string;
}

/** SVG has too many attributes to list them. */
interface Svg extends Omit<Attributes, "dir"> {
  [attribute: string]: unknown;
}

type Plain =
  | "abbr"
  | "address"
  | "article"
  | "aside"
  | "b"
  | "bdi"
  | "bdo"
  | "body"
  | "br"
  | "caption"
  | "cite"
  | "code"
  | "dd"
  | "dfn"
  | "div"
  | "dl"
  | "dt"
  | "em"
  | "fieldset"
  | "figcaption"
  | "figure"
  | "footer"
  | "h1"
  | "h2"
  | "h3"
  | "h4"
  | "h5"
  | "h6"
  | "head"
  | "header"
  | "hgroup"
  | "hr"
  | "html"
  | "i"
  | "kbd"
  | "legend"
  | "main"
  | "mark"
  | "menu"
  | "nav"
  | "noscript"
  | "p"
  | "picture"
  | "pre"
  | "rp"
  | "rt"
  | "ruby"
  | "s"
  | "samp"
  | "search"
  | "section"
  | "small"
  | "span"
  | "strong"
  | "style"
  | "sub"
  | "summary"
  | "sup"
  | "table"
  | "tbody"
  | "template"
  | "tfoot"
  | "thead"
  | "tr"
  | "u"
  | "ul"
  | "var"
  | "wbr";

type Drawing =
  | "svg"
  | "animate"
  | "circle"
  | "clipPath"
  | "defs"
  | "desc"
  | "ellipse"
  | "feBlend"
  | "feColorMatrix"
  | "feDropShadow"
  | "feGaussianBlur"
  | "feOffset"
  | "filter"
  | "foreignObject"
  | "g"
  | "image"
  | "line"
  | "linearGradient"
  | "marker"
  | "mask"
  | "path"
  | "pattern"
  | "polygon"
  | "polyline"
  | "radialGradient"
  | "rect"
  | "stop"
  | "symbol"
  | "text"
  | "textPath"
  | "tspan"
  | "use";

/** The elements by name, with what each may have besides children. */
export type IntrinsicAttributes = { [Name in Plain]: Attributes } & { [Name in Drawing]: Svg } & {
  a: Attributes & { href?: string; target?: string; rel?: string; download?: string | boolean };
  audio: Media;
  blockquote: Attributes & { cite?: string };
  button: Field & { type?: "button" | "submit" | "reset" };
  canvas: Sized;
  col: Attributes & { span?: number };
  colgroup: Attributes & { span?: number };
  data: Attributes & { value?: Text };
  datalist: Attributes;
  del: Attributes & { cite?: string; datetime?: string };
  details: Attributes & { open?: boolean; name?: string };
  dialog: Attributes & { open?: boolean };
  embed: Sized & { src?: string; type?: string };
  form: Attributes & { action?: string; method?: string };
  iframe: Sized & {
    src?: string;
    srcdoc?: string;
    sandbox?: string;
    allow?: string;
    loading?: "eager" | "lazy";
  };
  img: Sized & { src?: string; alt?: string; srcset?: string; sizes?: string; loading?: "eager" | "lazy" };
  input: Field & {
    type?: string;
    checked?: boolean;
    min?: Text;
    max?: Text;
    step?: Text;
    size?: number;
    list?: string;
    pattern?: string;
    accept?: string;
    multiple?: boolean;
  };
  ins: Attributes & { cite?: string; datetime?: string };
  label: Attributes & { for?: string; htmlFor?: string };
  li: Attributes & { value?: number };
  link: Attributes & { href?: string; rel?: string; type?: string };
  meter: Attributes & { value?: Text; min?: Text; max?: Text; low?: Text; high?: Text; optimum?: Text };
  object: Sized & { data?: string; type?: string };
  ol: Attributes & { start?: number; reversed?: boolean; type?: "1" | "a" | "A" | "i" | "I" };
  optgroup: Attributes & { label?: string; disabled?: boolean };
  option: Attributes & { value?: Text; selected?: boolean; disabled?: boolean; label?: string };
  output: Attributes & { for?: string; name?: string };
  progress: Attributes & { value?: Text; max?: Text };
  q: Attributes & { cite?: string };
  script: Attributes & { src?: string; type?: string; async?: boolean; defer?: boolean };
  select: Field & { multiple?: boolean; size?: number };
  source: Sized & { src?: string; srcset?: string; type?: string; media?: string };
  td: Cell;
  textarea: Field & { rows?: number; cols?: number };
  th: Cell;
  time: Attributes & { datetime?: string };
  track: Attributes & { src?: string; kind?: string; label?: string; srclang?: string };
  video: Media;
};
