export function registerCorrections(): void {}
