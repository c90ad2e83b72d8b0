/**
 * The version of Voxport: the one place where it stands. Packages, user agents and `voxport --version` take it from
 * here.
 */
export const version = '0.1.0';
