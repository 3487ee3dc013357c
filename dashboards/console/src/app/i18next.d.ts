import "i18next";
import type words from "../words/en-US";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof words };
  }
}
